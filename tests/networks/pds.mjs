// A PDS on loopback, set up by the environment (PDS_PORT, PDS_DATA_DIRECTORY, PDS_DID_PLC_URL ...): node pds.mjs
import { PDS, envToCfg, envToSecrets, readEnv } from '@atproto/pds'

const environment = readEnv()
const pds = await PDS.create(envToCfg(environment), envToSecrets(environment))
await pds.start()
console.log('ready')
process.on('SIGTERM', async () => { await pds.destroy(); process.exit(0) })

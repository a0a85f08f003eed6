import { fileURLToPath } from 'node:url'
import { runSoak } from './program.js'

process.exitCode = await runSoak(process.argv.slice(2), fileURLToPath(new URL('../../..', import.meta.url)), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
})

import { spawn } from 'node:child_process'
import type { Io } from './io.js'

/** The process's own streams. `program` is the file that runs a command line in a separate process. */
export const processIo = (program: string): Io => ({
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  errIsTerminal: process.stderr.isTTY,
  spawn: (args) =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [program, ...args], { stdio: 'inherit' })
      child.on('error', reject)
      child.on('close', (code) => resolve(code ?? 1))
    }),
})

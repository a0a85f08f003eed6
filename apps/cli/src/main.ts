#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { processIo } from './io/processIo.js'
import { runCli } from './program.js'

// A reader such as `head` closes the pipe early, which is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await runCli(process.argv.slice(2), { ...processIo, program: fileURLToPath(import.meta.url) })

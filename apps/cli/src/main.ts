#!/usr/bin/env node
import { processIo } from './io/io.js'
import { runCli } from './program.js'

// A reader that has seen enough closes the pipe: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await runCli(process.argv.slice(2), processIo)

#!/usr/bin/env node
import module from 'node:module'
import { fileURLToPath } from 'node:url'

// Node 22 keeps the compiled program in a cache. It covers only what is imported afterwards; Node 20 has none.
const newer: typeof module & { readonly enableCompileCache?: () => unknown } = module
newer.enableCompileCache?.()
const [{ processIo }, { runCli }] = await Promise.all([import('./io/processIo.js'), import('./program.js')])

// A reader such as `head` closes the pipe early, which is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await runCli(process.argv.slice(2), { ...processIo, program: fileURLToPath(import.meta.url) })

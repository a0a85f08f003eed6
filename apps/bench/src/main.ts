#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { processIo } from './io.js'
import { runBench } from './program.js'

process.exitCode = await runBench(process.argv.slice(2), processIo(fileURLToPath(import.meta.url)))

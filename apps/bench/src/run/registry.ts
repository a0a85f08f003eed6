/** The benchmarks: a file each under commands, a row each here. */
import { accuracy } from '../commands/accuracy.js'
import { grid } from '../commands/grid.js'
import { memory } from '../commands/memory.js'
import { peers } from '../commands/peers.js'
import { roofline } from '../commands/roofline.js'
import { scaling } from '../commands/scaling.js'
import { search } from '../commands/search.js'
import { step } from '../commands/step.js'
import { table } from '../commands/table.js'
import { tuned } from '../commands/tuned.js'
import type { BenchmarkEntry } from './benchmark.js'

/** Benchmarks in the order in which reports show them. */
export const benchmarks: readonly BenchmarkEntry[] = [
  step,
  table,
  memory,
  scaling,
  grid,
  accuracy,
  search,
  tuned,
  peers,
  roofline,
]

/** The benchmarks: one file each under benchmarks, one row each here. */
import { accuracy } from '../benchmarks/accuracy/accuracy.js'
import { events } from '../benchmarks/speed/events.js'
import { memory } from '../benchmarks/memory/memory.js'
import { peers } from '../benchmarks/speed/peers.js'
import { profile } from '../benchmarks/speed/profile.js'
import { roofline } from '../benchmarks/speed/roofline.js'
import { scaling } from '../benchmarks/speed/scaling.js'
import { search } from '../benchmarks/accuracy/search.js'
import { step } from '../benchmarks/speed/step.js'
import { table } from '../benchmarks/speed/table.js'
import type { BenchmarkEntry } from './benchmark.js'

export const benchmarks: readonly BenchmarkEntry[] = [
  step,
  table,
  memory,
  scaling,
  accuracy,
  search,
  peers,
  roofline,
  profile,
  events,
]

/** The benchmarks: one file each under benchmarks, one row each here. */
import { device } from '../chip/deviceBenchmark.js'
import { deviceOperators } from '../chip/deviceOperators.js'
import { quantised } from '../chip/quantisedBenchmark.js'
import { quantisedOperators } from '../chip/quantisedOperators.js'
import { breakEven } from '../energy/breakEvenBenchmark.js'
import { energy } from '../energy/energyBenchmark.js'
import { accuracy } from '../benchmarks/accuracy.js'
import { directions } from '../benchmarks/directions.js'
import { derivatives } from '../derivatives/derivativesBenchmark.js'
import { distributed } from '../benchmarks/distributed.js'
import { cosines } from '../cosines/cosinesBenchmark.js'
import { operatorCosines } from '../cosines/operatorCosinesBenchmark.js'
import { ownData } from '../ownData/ownDataBenchmark.js'
import { laws } from '../laws/lawsBenchmark.js'
import { longTime } from '../longTime/longTimeBenchmark.js'
import { faults } from '../faults/faultsBenchmark.js'
import { grid } from '../benchmarks/grid.js'
import { memory } from '../benchmarks/memory.js'
import { peers } from '../benchmarks/peers.js'
import { profile } from '../benchmarks/profile.js'
import { ratios } from '../ratios/ratiosBenchmark.js'
import { roofline } from '../benchmarks/roofline.js'
import { scaling } from '../benchmarks/scaling.js'
import { search } from '../benchmarks/search.js'
import { step } from '../benchmarks/step.js'
import { stream } from '../benchmarks/stream.js'
import { table } from '../benchmarks/table.js'
import { tuned } from '../benchmarks/tuned.js'
import type { BenchmarkEntry } from './benchmark.js'

/** Benchmarks in the order in which reports show them. */
export const benchmarks: readonly BenchmarkEntry[] = [
  step,
  table,
  memory,
  scaling,
  grid,
  accuracy,
  ownData,
  search,
  tuned,
  laws,
  cosines,
  operatorCosines,
  longTime,
  peers,
  roofline,
  ratios,
  distributed,
  faults,
  stream,
  directions,
  derivatives,
  profile,
  energy,
  breakEven,
  quantised,
  quantisedOperators,
  device,
  deviceOperators,
]

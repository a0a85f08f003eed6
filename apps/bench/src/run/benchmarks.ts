/** The benchmarks: one file each under benchmarks, one row each here. */
import { device } from '../chip/device/deviceBenchmark.js'
import { deviceOperators } from '../chip/device/deviceOperators.js'
import { quantised } from '../chip/quantised/quantisedBenchmark.js'
import { quantisedOperators } from '../chip/quantised/quantisedOperators.js'
import { breakEven } from '../energy/breakEvenBenchmark.js'
import { energy } from '../energy/energyBenchmark.js'
import { accuracy } from '../benchmarks/accuracy/accuracy.js'
import { directions } from '../benchmarks/memory/directions.js'
import { derivatives } from '../derivatives/derivativesBenchmark.js'
import { distributed } from '../benchmarks/cluster/distributed.js'
import { cosines } from '../cosines/cosinesBenchmark.js'
import { operatorCosines } from '../cosines/operatorCosinesBenchmark.js'
import { ownData } from '../ownData/ownDataBenchmark.js'
import { laws } from '../laws/lawsBenchmark.js'
import { longTime } from '../longTime/longTimeBenchmark.js'
import { faults } from '../faults/faultsBenchmark.js'
import { grid } from '../benchmarks/speed/grid.js'
import { layers } from '../benchmarks/speed/layers.js'
import { memory } from '../benchmarks/memory/memory.js'
import { peers } from '../benchmarks/speed/peers.js'
import { profile } from '../benchmarks/speed/profile.js'
import { ratios } from '../ratios/ratiosBenchmark.js'
import { roofline } from '../benchmarks/speed/roofline.js'
import { scaling } from '../benchmarks/speed/scaling.js'
import { search } from '../benchmarks/accuracy/search.js'
import { step } from '../benchmarks/speed/step.js'
import { stream } from '../benchmarks/memory/stream.js'
import { table } from '../benchmarks/speed/table.js'
import { tuned } from '../benchmarks/estimators/tuned.js'
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
  layers,
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

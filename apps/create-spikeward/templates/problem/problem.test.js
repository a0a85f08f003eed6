import { describeDeclaration, describeProblem } from '@spikeward/testkit'
import { waves } from './problem.js'

// Sets that do not overlap, finite values, points within the domain, the same numbers for the same options.
describeDeclaration(waves)
describeProblem(() => waves())

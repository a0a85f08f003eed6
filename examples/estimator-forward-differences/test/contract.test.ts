import { describeEstimator } from '@spikeward/testkit'
import { forwardDifferences } from '../src/index.js'

describeEstimator(() => forwardDifferences({ directions: 3 }))

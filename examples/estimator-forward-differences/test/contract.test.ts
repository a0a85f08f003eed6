import { describeDeclaration, describeEstimator } from '@spikeward/testkit'
import { forwardDifferences } from '../src/index.js'

describeDeclaration(forwardDifferences)
describeEstimator(() => forwardDifferences({ directions: 3 }))

import { describeDeclaration, describeEstimator } from '@spikeward/testkit'
import { differences } from './estimator.js'

// Structure, determinism by key, types, compilation once, no leaks; the bias is measured if `unbiased` is true.
describeDeclaration(differences)
describeEstimator(() => differences({ directions: 3 }))

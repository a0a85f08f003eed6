import { declaredIn } from '@spikeward/core'
import { describeDeclaration } from '@spikeward/testkit'
import * as chip from '../src/index.js'

for (const factory of Object.values(declaredIn(chip, 'deviceEstimator'))) describeDeclaration(factory)

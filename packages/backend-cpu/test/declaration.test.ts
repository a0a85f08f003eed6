import { describeDeclaration } from '@spikeward/testkit'
import { cpu } from '../src/index.js'

describeDeclaration(cpu)

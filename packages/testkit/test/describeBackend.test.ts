import { referenceBackend } from '@spikeward/core'
import { describeBackend } from '../src/index.js'

describeBackend('reference', async () => referenceBackend())

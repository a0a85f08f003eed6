import { referenceBackend } from '@spikeward/core'
import { describeBackend } from '../src/index.js'

// Against itself, random cases only test the checks and the transforms; every other backend draws its own.
describeBackend('reference', async () => referenceBackend(), { runs: 10 })

import './support/mesa.js'
import { describeBackend } from '@spikeward/testkit'
import { test } from 'vitest'
import { webgpu } from '../src/index.js'
import { adapterMissing } from './support/adapter.js'

// A software renderer compiles every shader anew, which takes a hundred times as long as running it, so there are few
// random cases; the test in a page draws others.
const absent = await adapterMissing()
if (absent === null) describeBackend('webgpu', () => webgpu(), { contraction: true, runs: 3 })
else test('the contract on webgpu', (context) => context.skip(absent))

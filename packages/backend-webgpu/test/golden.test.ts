import { test } from 'vitest'
import { webgpu } from '../src/index.js'
import { adapterMissing } from './support/adapter.js'
import { describeGolden } from './support/golden.js'

const absent = await adapterMissing()
if (absent === null) describeGolden('webgpu', () => webgpu(), { gradients: false })
else test('reference numbers on webgpu', (context) => context.skip(absent))

import { describe, it } from 'vitest'
import { describeDeclaration } from '@spikeward/testkit'
import { webgpu } from '../src/index.js'
import { adapterMissing } from './support/adapter.js'

const reason = await adapterMissing()

if (reason === null) describeDeclaration(webgpu)
else
  describe('backend webgpu', () => {
    it('declares its options', (context) => context.skip(reason))
  })

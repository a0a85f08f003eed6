import { describe, it } from 'vitest'
import { describeDeclaration } from '@spikeward/testkit'
import { native } from '../src/index.js'
import { instructionSets, reason } from './setup.js'

if (instructionSets.length > 0) describeDeclaration(native)
else
  describe('backend native', () => {
    it('declares its options', (context) => context.skip(reason))
  })

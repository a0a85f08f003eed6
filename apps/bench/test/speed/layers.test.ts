import { jit, key, normal } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { countPlan } from '@spikeward/core/backend'
import { expect, test } from 'vitest'
import { layerCases, quickCases } from '../../src/layers/layerCases.js'

test.each([...quickCases, ...layerCases.slice(-2)].map((c) => [c.name, c] as const))(
  '%s: the stated operations are those of its products',
  (_name, layer) => {
    const shapes = [layer.input, ...layer.weights]
    const args = shapes.map((shape, i) => normal(key(i), shape))
    const compiled = jit((x: Tensor, ...w: Tensor[]) => layer.apply(x, ...w))
    const { plan } = compiled.inspect(...(args as [Tensor]))
    const products = plan.steps.filter((s) => s.kind === 'routine')
    expect(countPlan({ ...plan, steps: products }).flops).toBeCloseTo(layer.flops, -1)
    compiled.dispose()
  },
)

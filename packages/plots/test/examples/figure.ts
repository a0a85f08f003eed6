import { lossSpec } from '@spikeward/plots'
import { renderFigure } from '@spikeward/plots/node'

const losses = [1, 2, 3, 4].map((step) => ({ step, loss: 1 / step }))
const validation = [2, 4].map((step) => ({ step, relativeL2: 0.5 / step }))
const { svg, png } = await renderFigure(lossSpec({ losses, validation }, { title: 'a run' }))
console.log(svg.startsWith('<svg')) // true
console.log(png.length > 10_000) // true

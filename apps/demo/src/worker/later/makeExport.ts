import { type Backend, kebabCase, treeLeaves } from '@spikeward/core'
import { type ExportFormat, exportFormats, exportable } from '@spikeward/experiment'
import { restoreVariables } from '@spikeward/train'
import type { Trained } from '../../protocol.js'
import type { Build } from '../build.js'
import { assemble } from './assemble.js'

/** How the names of files end. */
const endings = { module: '.js', html: '.html', onnx: '.onnx', python: '.py' } as const

/** Answers with the files of a trained network, which need no Spikeward. */
export function makeExport(backend: Backend, build: Build) {
  type Question = Trained & { readonly format: ExportFormat }
  return async ({ settings, contender, snapshot, format }: Question) => {
    // All contenders have the same network.
    const [built] = (await build(settings)).assembled ?? []
    const { config, parts } = built ?? (await assemble(settings, contender))
    const { experiment } = parts
    const variables = await restoreVariables(experiment.task, snapshot, { backend })
    const files = await exportFormats[format](exportable({ config, experiment, variables }))
    treeLeaves(variables).forEach((t) => t.dispose())
    const name = kebabCase(settings.problem)
    return {
      files: files.map(({ extension, content }) => ({ name: `${name}${extension ?? endings[format]}`, content })),
    }
  }
}

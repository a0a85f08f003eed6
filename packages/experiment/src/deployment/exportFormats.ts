import type { Tensor } from '@spikeward/core'
import { type Exportable, moduleFile, numpyFile, onnxFile, pageFile } from '@spikeward/export'
import { type HostTensor, encodeSafetensors } from '@spikeward/train'

/** A file of a format: `extension` replaces that of the name which the user gave; null keeps the name. */
export type ExportedFile = { readonly extension: string | null; readonly content: string | Uint8Array }

const whole = async (content: Promise<string | Uint8Array>): Promise<readonly ExportedFile[]> => [
  { extension: null, content: await content },
]

const onHost = async ([name, t]: readonly [string, Tensor]): Promise<[string, HostTensor]> => [
  name,
  { dtype: t.dtype, shape: t.shape, data: await t.data() },
]

/** The formats that hold a whole network and need no Spikeward, with the files of each. */
export const exportFormats = {
  module: (network) => whole(moduleFile(network)),
  html: (network) => whole(pageFile(network)),
  onnx: (network) => whole(onnxFile(network)),
  async python(network) {
    const { source, tensors } = numpyFile(network)
    const weights = new Map(await Promise.all([...tensors].map(onHost)))
    return [
      { extension: null, content: source },
      { extension: '.safetensors', content: encodeSafetensors({ tensors: weights, metadata: new Map() }) },
    ]
  },
} satisfies Readonly<Record<string, (network: Exportable) => Promise<readonly ExportedFile[]>>>

/** The name of a format of {@link exportFormats}. */
export type ExportFormat = keyof typeof exportFormats

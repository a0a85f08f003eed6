import { backendNames } from '../../backends.js'
import { digits, mib } from '../../report/formatNumbers.js'
import { defineBenchmark } from '../../run/benchmark.js'
import { measureStream } from '../../streaming/measureStream.js'
import type { StreamResult, StreamSettings } from '../../streaming/measureStream.js'
import { count, oneOf } from '../../argumentParsers.js'

/** `stream`: training on data larger than memory, with the bytes moved and the memory held. */
export const stream = defineBenchmark<StreamSettings, StreamResult>({
  name: 'stream',
  folder: 'memory',
  about: 'training on data larger than memory: bytes read from shards on disk, resident memory, time of a step',
  options: (command) =>
    command
      .option('--functions <n>', 'pairs of functions on disk; as many are read', count, 262_144)
      .option('--sensors <n>', 'sensors of an input function', count, 4096)
      .option('--points <n>', 'points of a solution', count, 4096)
      .option('--batch <n>', 'functions per step', count, 64)
      .option('--drawn <n>', 'points of a solution that a step uses', count, 256)
      .option('--width <n>', 'neurons of the hidden layer of either side', count, 64)
      .option('--time <steps>', 'time steps', count, 16)
      .option('--backend <name>', 'backend', oneOf(...backendNames), 'native')
      .option('--threads <n>', 'threads of the backend', count, 1),
  quick: { functions: 4096, sensors: 256, points: 256, time: 4, width: 16 },
  measure: (settings, { io }) => measureStream(settings, io),
  tables: ({ settings, ...r }) => [
    {
      title: `Training from disk: ${settings.functions} functions of ${settings.sensors} sensors and ${settings.points} points, ${settings.batch} per step, on ${settings.backend}`,
      head: [
        'MiB on disk',
        'MiB read',
        'steps',
        'peak resident MiB',
        'ms per step, from disk',
        'ms per step, in memory',
      ],
      rows: [
        [
          mib(r.storedBytes),
          mib(r.readBytes),
          String(r.steps),
          mib(r.peakResidentBytes),
          digits(r.streamedMs),
          digits(r.inMemoryMs),
        ],
      ],
      note: `Resident memory counts the whole process, without the operating system's file cache; ${mib(r.residentBefore)} MiB were resident before the data were opened. The step in memory draws from the sample of the functions that fits.`,
    },
  ],
  figures: () => [],
  headline: ({ ...r }) => [
    `Data larger than memory stream from disk: ${digits(r.readBytes / 2 ** 30)} GiB through ${digits(r.peakResidentBytes / 2 ** 30)} GiB of memory.`,
  ],
})

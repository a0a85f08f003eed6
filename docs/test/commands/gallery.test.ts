/** Every command line of the gallery works. */
import { describeCommands } from './describeCommands.js'

await describeCommands((page) => page.startsWith('docs/gallery/'))

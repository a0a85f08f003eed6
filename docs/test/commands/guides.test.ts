/** Every command line outside of the gallery works. */
import { describeCommands } from './describeCommands.js'

await describeCommands((page) => !page.startsWith('docs/gallery/'))

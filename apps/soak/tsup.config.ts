import { application } from '../../scripts/tsup.ts'

// The threads and processes that the command starts are separate programs.
const processes = ['src/parts/trainee.ts', 'src/parts/grower.ts']
export default application(['src/main.ts', 'src/files/fileWorker.ts', ...processes])

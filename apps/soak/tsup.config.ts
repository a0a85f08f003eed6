import { application } from '../../scripts/tsup.ts'

// The threads and processes that the command starts are separate programs.
export default application(['src/main.ts', 'src/files/fileWorker.ts', 'src/parts/trainee.ts', 'src/parts/stepper.ts'])

/** A run on trial: its steps are timed, and its results are thrown away. */
export interface StepTrial extends AsyncDisposable {
  /** Takes steps, and waits until the device is done with them. */
  run(steps: number): Promise<void>
}

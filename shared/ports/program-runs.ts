/**
 * Programs that run on without the station: each in a folder of its own, found again after a restart. Every call may be repeated.
 * Faults: `scanner_refused` (there is no such run, or the program left no such file).
 */
export interface ProgramRuns {
  /** Runs whose names begin so. */
  list(prefix: string): Promise<readonly ProgramRun[]>
  /** Makes the run's folder with these input files, or adopts the one of exactly this name. Gives the run's id. */
  create(name: string, inputs: ReadonlyMap<string, string>): Promise<string>
  /** An input file as it was written. */
  readInput(id: string, file: string): Promise<string>
  /**
   * Starts it, once whoever calls how often: these commands one after the other, whether or not one fails, in its folder. They get the path
   * and these variables, nothing else of the station's environment.
   */
  start(id: string, commands: readonly ProgramCommand[], environment?: Readonly<Record<string, string>>): Promise<void>
  look(id: string): Promise<ProgramState>
  /** Asks it to end, and cuts it off when it has not ended ten seconds after it was first asked. */
  stop(id: string): Promise<void>
  /** A file that it wrote. */
  read(id: string, file: string): AsyncIterable<Uint8Array>
  /** The last bytes of a file as text; '' where there is none. */
  readEnd(id: string, file: string, bytes: number): Promise<string>
  sizeOf(id: string, file: string): Promise<number>
  /** Ends the program and removes its folder. Nothing there is success. */
  remove(id: string): Promise<void>
}

export interface ProgramRun {
  readonly name: string
  readonly id: string
  readonly isRunning: boolean
}

export interface ProgramCommand {
  readonly program: string
  readonly args: readonly string[]
  /** Files that get what it writes to its standard output and standard error; null: thrown away. */
  readonly output: string | null
  readonly errors: string
}

/** `lost`: it ended without saying how (killed, power cut). `gone`: there is no such run. */
export interface ProgramState {
  readonly status: 'created' | 'running' | 'ended' | 'lost' | 'gone'
  /** Of one that has ended: 0, or that of its last command that failed. null otherwise. */
  readonly exitCode: number | null
  /** ISO UTC; null before, and where it is not known. */
  readonly startedAt: string | null
  readonly endedAt: string | null
  /** It was asked to end. */
  readonly wasStopped: boolean
}

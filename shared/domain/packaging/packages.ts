/** Installed packages as every package system can list them: for search and counts, whatever its own inventory looks like. */
export interface PackageFace {
  readonly name: string
  readonly architecture: string
  readonly version: string
}

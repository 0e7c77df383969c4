/** Whether a machine is there at all, asked without any scanner. */
export interface Prober {
  /**
   * True when the address answers anything to a TCP connection, a refusal included. False when nothing came back in time.
   * The caller has checked that the address may be reached. Never throws.
   */
  answers(address: string): Promise<boolean>
}

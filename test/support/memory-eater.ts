/** For `node --import`: on SIGUSR2 this process takes memory until it has none. */
process.on('SIGUSR2', () => {
  const eaten: unknown[] = []
  for (;;) eaten.push(Array.from({ length: 100_000 }, (_, at) => ({ at })))
})

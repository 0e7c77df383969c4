/**
 * Numbers about things that are numbered from 1 on, a column each. Kept apart from the things, and close together: a check reads tens of
 * thousands of them, and would otherwise spend its time waiting for memory. Row 0 is nobody's.
 */
export interface NumberTable<Column extends string> {
  /** Grow with the rows, so they are not to be kept while something is added. New cells are 0. */
  readonly columns: Readonly<Record<Column, Int32Array>>
  /** Adds a row. */
  add(): number
  /** How many rows there are. */
  count(): number
}

const FIRST_ROOM = 1024

export function openNumberTable<const Column extends string>(names: readonly Column[]): NumberTable<Column> {
  let room = FIRST_ROOM
  let rows = 0
  const columns = Object.fromEntries(names.map((name) => [name, new Int32Array(room)])) as Record<Column, Int32Array>
  return {
    columns,
    add() {
      rows += 1
      if (rows < room) return rows

      room *= 2
      for (const name of names) columns[name] = widen(columns[name], room)
      return rows
    },
    count: () => rows,
  }
}

/** Lists of numbers one behind the other. */
export interface NumberPool {
  cells: Int32Array
  /** Where they were put. */
  append(numbers: readonly number[]): number
}

export function openNumberPool(): NumberPool {
  // The first cell is nobody's: no list ends before it.
  let used = 1
  const pool: NumberPool = {
    cells: new Int32Array(FIRST_ROOM),
    append(numbers) {
      let room = pool.cells.length
      while (used + numbers.length > room) room *= 2
      if (room > pool.cells.length) pool.cells = widen(pool.cells, room)
      pool.cells.set(numbers, used)
      used += numbers.length
      return used - numbers.length
    },
  }
  return pool
}

function widen(cells: Int32Array, room: number): Int32Array {
  const wide = new Int32Array(room)
  wide.set(cells)
  return wide
}

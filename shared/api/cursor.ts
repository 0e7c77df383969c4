import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'

const Cursor = z.strictObject({ of: z.string(), at: z.string().min(1).max(1500) })

/**
 * Where a list goes on, as opaque text. `of` names the list (whose machines, which filter): a cursor of another list is refused, so
 * that it never leads out of what its asker may see.
 */
export function encodeCursor(of: string, at: string | null): string | null {
  return at === null ? null : Buffer.from(JSON.stringify({ of, at })).toString('base64url')
}

/** @throws Fault `request_invalid` for one that is not ours, or of another list */
export function decodeCursor(of: string, text: string | undefined): string | null {
  if (text === undefined) return null

  const cursor = parse(text)
  if (cursor === null || cursor.of !== of) {
    throw new Fault('request_invalid', 'The cursor is not one of this list: begin without it.')
  }
  return cursor.at
}

function parse(text: string): z.infer<typeof Cursor> | null {
  try {
    return Cursor.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))).data ?? null
  } catch {
    return null
  }
}

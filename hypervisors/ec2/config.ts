import { z } from 'zod'

/** Credentials come from where the AWS SDK looks for them: environment, profile, role of the machine. Never from here. */
export const Ec2Config = z.strictObject({
  kind: z.literal('ec2'),
  id: z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, 'must be small letters, digits and dashes'),
  region: z.string().regex(/^[a-z]{2}(?:-[a-z]+){1,3}-\d$/, 'must be a region'),
  /** Where copies run: a subnet without a way to the internet. */
  subnet: z.string().regex(/^subnet-[0-9a-f]{8,17}$/, 'must be the id of a subnet'),
  /** The security group of the scanners: the only one that reaches copies. */
  scannerGroup: z.string().regex(/^sg-[0-9a-f]{8,17}$/, 'must be the id of a security group'),
  /** For one call. */
  timeoutSeconds: z.number().int().min(1).max(600).default(60),
  imageWaitSeconds: z.number().int().min(1).max(1500).default(1200),
  /** The tag `lazaret:expires` of what belongs to a copy: from then on whoever finds it may remove it. */
  expireSeconds: z
    .number()
    .int()
    .min(3600)
    .max(30 * 86_400)
    .default(2 * 86_400),
  pollSeconds: z.number().min(0.1).max(60).default(5),
})
export type Ec2Config = z.infer<typeof Ec2Config>

import { CreateTagsCommand, DescribeImagesCommand } from '@aws-sdk/client-ec2'
import type { CreateImageCommandInput, CreateImageCommandOutput, EC2Client } from '@aws-sdk/client-ec2'

/** moto answers 500 when the snapshots of an image are to be tagged in the same request: here they are tagged after it, as AWS does. */
export function withSnapshotTags(client: EC2Client): EC2Client {
  client.middlewareStack.add(
    (next, context) => async (call) => {
      if (context['commandName'] !== 'CreateImageCommand') return next(call)

      const input = call.input as CreateImageCommandInput
      const all = input.TagSpecifications ?? []
      const TagSpecifications = all.filter(({ ResourceType }) => ResourceType !== 'snapshot')
      const answer = await next({ ...call, input: { ...input, TagSpecifications } })
      const { ImageId = '' } = answer.output as CreateImageCommandOutput
      const { Images = [] } = await client.send(new DescribeImagesCommand({ ImageIds: [ImageId] }))
      const parts = Images[0]?.BlockDeviceMappings ?? []
      const Resources = parts.flatMap(({ Ebs }) => (Ebs?.SnapshotId === undefined ? [] : [Ebs.SnapshotId]))
      const Tags = all.find(({ ResourceType }) => ResourceType === 'snapshot')?.Tags
      await client.send(new CreateTagsCommand({ Resources, Tags }))
      return answer
    },
    { step: 'initialize', name: 'snapshotTags' },
  )
  return client
}

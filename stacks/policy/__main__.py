"""The policy pack as `pulumi preview --policy-pack stacks/policy` runs it."""

from edgewright.program.policy_pack import pack

pack()

module edgewright.dev/tools/schemas/kubernetes-1.35

go 1.26

require (
	k8s.io/api v0.35.4
	k8s.io/apimachinery v0.35.4
	k8s.io/kubernetes v1.35.4
)

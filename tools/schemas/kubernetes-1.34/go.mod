module edgewright.dev/tools/schemas/kubernetes-1.34

go 1.26

require (
	k8s.io/api v0.34.4
	k8s.io/apimachinery v0.34.4
	k8s.io/kubernetes v1.34.4
)

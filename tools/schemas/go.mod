// Where the schemas in components/edgewright/scan/schemas come from. Never built: generate.py reads the
// API descriptions in these modules' folders. The other Kubernetes versions have their go.mod beside this one.
module edgewright.dev/tools/schemas

go 1.26

require (
	github.com/argoproj/argo-rollouts v1.10.1
	github.com/fluxcd/kustomize-controller v1.9.6
	github.com/fluxcd/source-controller v1.9.6
	github.com/k3s-io/helm-controller v0.17.9
	github.com/kyverno/kyverno v1.19.0
	k8s.io/api v0.36.1
	k8s.io/apimachinery v0.36.1
	k8s.io/kubernetes v1.36.1
)

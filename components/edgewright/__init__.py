"""One fleet.yaml in; K3s manifests, Kyverno policies and OCI artifacts for an edge-AI fleet out.

The whole journey, for whoever uses the library instead of the command line:

    from datetime import date
    from pathlib import Path
    from edgewright.assembly import assemble
    from edgewright.render import files_of
    from edgewright.ship.folder import write_folder

    assembled = assemble(Path("fleet.yaml"), today=date.today())
    for finding in assembled.findings:               # all of them, with file, line and column
        print(finding.place, finding.rule, finding.message, finding.remedy)
    if assembled.plan and not assembled.has_errors:
        write_folder(Path("rendered"), files_of(assembled.plan, assembled.manifests))

A fleet may be written in Python instead, field for field (edgewright.fleet has all the types):

    from edgewright.assembly import assemble_fleet
    from edgewright.fleet import DeviceClass, Fleet, Model, Resources, Workload

    fleet = Fleet(
        api_version="edgewright.dev/v1alpha1",
        fleet="hello",
        registry="registry.acme.example/edge",
        device_classes={"camera": DeviceClass(board="raspberry-pi-5-8gb")},
        models={"shapes": Model(version="1.0.0", source="model.onnx")},
        workloads={"see": Workload(model="shapes", resources=Resources(cpu="1", memory="512Mi"))},
    )
    assembled = assemble_fleet(fleet, Path("."), unlocked=True)

`unlocked` renders what fleet.lock has no digest for, for a look: such files are marked, and run nowhere.
Importing this package alone loads nothing else: a command that needs no YAML or pydantic does not pay.
"""

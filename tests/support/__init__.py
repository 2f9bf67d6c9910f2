"""What the tests stand on: real servers, the program's command line, terminals.

    from support import Mongotail, ReplicaSet, wait_until
"""

from .cli import Mongotail, Run, program
from .mongod import Mongod
from .replica_set import ReplicaSet
from .tail import Tail
from .terminal import Terminal, Tmux
from .tls import Certificates
from .wait import WaitFailed, wait_until

__all__ = ["Certificates", "Mongod", "Mongotail", "ReplicaSet", "Run", "Tail", "Terminal", "Tmux",
           "WaitFailed", "program", "wait_until"]

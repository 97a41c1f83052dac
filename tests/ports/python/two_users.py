"""Root listens on 7100, nobody on 7101; nobody runs the command in the arguments."""
import socket
import subprocess
import sys

NOBODY = """
import socket, subprocess, sys
theirs = socket.create_server(("127.0.0.1", 7101))
sys.exit(subprocess.run(sys.argv[1:]).returncode)
"""

mine = socket.create_server(("127.0.0.1", 7100))
become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
ran = subprocess.run(become + [sys.executable, "-c", NOBODY] + sys.argv[1:])
sys.exit(ran.returncode)

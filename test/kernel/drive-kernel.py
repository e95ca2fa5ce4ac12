"""Drives a kernel over Jupyter's protocol for the tests: one JSON request a line on stdin, one JSON answer on stdout."""
import json
import subprocess
import sys
import threading
import time

from jupyter_client.manager import KernelManager

TIMEOUT_S = 60


def outputs_until_idle(client, msg_id, outputs):
    """Outputs of one request, in order, until the kernel is idle again."""
    while True:
        message = client.get_iopub_msg(timeout=TIMEOUT_S)
        parent = message["parent_header"].get("msg_id")
        outputs.setdefault(parent, []).append({"type": message["msg_type"], "content": message["content"]})
        if parent == msg_id and message["content"].get("execution_state") == "idle":
            return


class Session:
    def start(self, path, cwd):
        self.manager = KernelManager(kernel_name=sys.argv[1])
        self.manager.kernel_spec_manager.kernel_dirs = [path]
        began = time.monotonic()
        # its own pipe: Node makes a shared one non-blocking
        self.manager.start_kernel(cwd=cwd, stdout=subprocess.DEVNULL)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=TIMEOUT_S)
        self.outputs = {}
        return {"seconds": time.monotonic() - began}

    def execute(self, cells, stop_on_error=True, silent=False, cell_id=None, interrupt_after=None):
        """Sends all cells at once; the answers in their order, each with its outputs and its seconds."""
        ids = []
        for code in cells:
            content = dict(code=code, silent=silent, store_history=not silent, user_expressions={},
                           allow_stdin=False, stop_on_error=stop_on_error)
            message = self.client.session.msg("execute_request", content)
            if cell_id:
                message["metadata"]["cellId"] = cell_id
            self.client.shell_channel.send(message)
            ids.append(message["header"]["msg_id"])
        began = time.monotonic()
        if interrupt_after is not None:
            threading.Timer(interrupt_after, self.manager.interrupt_kernel).start()
        answers = []
        for msg_id in ids:
            reply = self.client._recv_reply(msg_id, timeout=TIMEOUT_S)
            outputs_until_idle(self.client, msg_id, self.outputs)
            answers.append({"reply": reply["content"], "outputs": self.outputs.get(msg_id, []),
                            "seconds": time.monotonic() - began})
        return answers

    def complete(self, code, cursor):
        return self.client.complete(code, cursor, reply=True, timeout=TIMEOUT_S)["content"]

    def inspect(self, code, cursor):
        return self.client.inspect(code, cursor, reply=True, timeout=TIMEOUT_S)["content"]

    def request(self, type, content):
        """Any other request on the shell channel."""
        message = self.client.session.msg(type, content)
        self.client.shell_channel.send(message)
        reply = self.client._recv_reply(message["header"]["msg_id"], timeout=TIMEOUT_S)
        return {"type": reply["msg_type"], "content": reply["content"]}

    def stop(self):
        """Ends the kernel by the protocol alone; null when it did not end by itself within 5 s."""
        process = self.manager.provisioner.process
        self.client.shutdown()
        try:
            code = process.wait(5)
        except Exception:
            code = None
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        return {"exit": code}


session = Session()
for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"ok": getattr(session, request["call"])(*request.get("args", []), **request.get("options", {}))}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)

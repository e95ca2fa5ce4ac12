"""Drives a kernel over Jupyter's protocol for the tests: one JSON request a line on stdin, one JSON answer on stdout."""
import base64
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
        outputs.setdefault(parent, []).append(plain(message))
        if parent == msg_id and message["content"].get("execution_state") == "idle":
            return


def plain(message):
    """Type, content and, as base64, buffers of a message."""
    buffers = [base64.b64encode(buffer).decode() for buffer in message["buffers"]]
    return {"type": message["msg_type"], "content": message["content"], "metadata": message["metadata"],
            **({"buffers": buffers} if buffers else {})}


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

    def start_cell(self, code):
        """Sends a cell and does not wait; `finish_cell` takes its answer."""
        content = dict(code=code, silent=False, store_history=True, user_expressions={}, allow_stdin=False,
                       stop_on_error=True)
        message = self.client.session.msg("execute_request", content)
        self.client.shell_channel.send(message)
        return {"id": message["header"]["msg_id"]}

    def finish_cell(self, id):
        reply = self.client._recv_reply(id, timeout=TIMEOUT_S)
        if not self.is_idle(id):
            outputs_until_idle(self.client, id, self.outputs)
        return {"reply": reply["content"], "outputs": self.outputs.get(id, []), "seconds": 0}

    def is_idle(self, id):
        return any(output["content"].get("execution_state") == "idle" for output in self.outputs.get(id, []))

    def comm(self, type, content, buffers=(), interrupt_after=None):
        """Sends a comm message; everything parented to it until the kernel is idle again."""
        message = self.client.session.msg(type, content)
        self.client.session.send(self.client.shell_channel.socket, message,
                                 buffers=[base64.b64decode(buffer) for buffer in buffers])
        id = message["header"]["msg_id"]
        began = time.monotonic()
        if interrupt_after is not None:
            threading.Timer(interrupt_after, self.manager.interrupt_kernel).start()
        outputs_until_idle(self.client, id, self.outputs)
        return {"id": id, "outputs": self.outputs[id], "seconds": time.monotonic() - began}

    def parented(self, id, count):
        """The first `count` messages parented to one request, also those that came after it was idle."""
        while len(self.outputs.get(id, [])) < count:
            message = self.client.get_iopub_msg(timeout=TIMEOUT_S)
            self.outputs.setdefault(message["parent_header"].get("msg_id"), []).append(plain(message))
        return self.outputs[id][:count]

    def stop(self):
        """Ends the kernel by the protocol alone; null when it did not end by itself within 30 s."""
        process = self.manager.provisioner.process
        self.client.shutdown()
        try:
            code = process.wait(30)
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

-- Signed deliveries for wrk, each with an id of its own. Arguments: file of the body, its signature, a name for the run.
local head, body, run
local count = 0

function init(args)
  local file = io.open(args[1], 'rb')
  body = file:read('*a')
  file:close()
  run = args[3]
  head = 'POST /v1/webhooks/github HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ' .. #body ..
    '\r\nX-GitHub-Event: push\r\nX-Hub-Signature-256: sha256=' .. args[2] .. '\r\nX-GitHub-Delivery: '
end

function request()
  count = count + 1
  return head .. run .. '-' .. count .. '\r\n\r\n' .. body
end

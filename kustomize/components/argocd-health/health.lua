-- Health of every kind of notification.kubesphere.io, from its conditions. Argo CD gives the object as `obj`.
local health = { status = "Progressing", message = "Waiting for the server to look at it" }

local status = obj.status
if status == nil or status.conditions == nil then
  return health
end
if status.observedGeneration ~= nil and status.observedGeneration ~= obj.metadata.generation then
  health.message = "Waiting for the server to see the newest generation"
  return health
end

local conditions = {}
for _, condition in ipairs(status.conditions) do
  conditions[condition.type] = condition
end

local stalled, reconciling, ready = conditions.Stalled, conditions.Reconciling, conditions.Ready
if stalled ~= nil and stalled.status == "True" then
  return { status = "Degraded", message = stalled.message }
end
if ready ~= nil and ready.status == "False" then
  -- Another NotificationManager is in force; this one waits.
  if ready.reason == "Superseded" or ready.reason == "NotInForce" then
    return { status = "Suspended", message = ready.message }
  end
  return { status = "Degraded", message = ready.message }
end
if reconciling ~= nil and reconciling.status == "True" then
  return { status = "Progressing", message = reconciling.message }
end
if ready ~= nil then
  health.message = ready.message
  if ready.status == "True" then
    health.status = "Healthy"
  end
end
return health

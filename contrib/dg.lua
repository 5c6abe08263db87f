-- dg in Neovim's own language client: code actions, and the commands below. Copy it to ~/.config/nvim/plugin/.
-- :DgFill [HINT]      the holes of this line, or of the chosen text      :DgFillAll       all holes of the buffer
-- :DgOthers           other fills of the hole here; code actions take one of them
-- :DgRewrite [HINT]   the chosen text                                    :DgAs REGISTER   the paragraph here, or the chosen ones
if vim.g.loaded_dg_lsp then return end
vim.g.loaded_dg_lsp = true

local types = { 'markdown', 'text', 'mail', 'gitcommit', 'tex', 'rst', 'org', 'asciidoc', 'html' }

local function start()
  local config = { name = 'dg', cmd = vim.g.dg_lsp_command or { 'dg', 'lsp' }, root_dir = vim.fn.getcwd() }
  if vim.lsp.start then return vim.lsp.start(config) end
  _G.dg_client = _G.dg_client or vim.lsp.start_client(config) -- Neovim 0.7
  vim.lsp.buf_attach_client(0, _G.dg_client)
end

local function client()
  local all = vim.lsp.get_clients and vim.lsp.get_clients({ bufnr = 0 }) or vim.lsp.buf_get_clients(0)
  for _, each in pairs(all) do
    if each.name == 'dg' then return each end
  end
end

-- The chosen text; without any the line of the cursor, or the cursor itself.
local function range(options, whole_line, encoding)
  local first, last = vim.api.nvim_buf_get_mark(0, '<'), vim.api.nvim_buf_get_mark(0, '>')
  local cursor = vim.api.nvim_win_get_cursor(0)
  if options.range == 0 and whole_line then
    first, last = { cursor[1], 0 }, { cursor[1], 2147483647 }
  elseif options.range == 0 then
    first, last = cursor, cursor
  elseif first[1] ~= options.line1 or last[1] ~= options.line2 then
    first, last = { options.line1, 0 }, { options.line2, 2147483647 }
  end
  local line = vim.api.nvim_buf_get_lines(0, last[1] - 1, last[1], false)[1] or ''
  last = { last[1], math.max(0, math.min(last[2], #line - 1)) }
  return vim.lsp.util.make_given_range_params(first, last, 0, encoding)
end

local function ask(command, options, whole_line, given)
  local dg = client()
  if not dg then return vim.notify('dg is not started for this kind of file.', vim.log.levels.ERROR) end
  local params = range(options, whole_line, dg.offset_encoding)
  local arguments = vim.tbl_extend('force', { uri = params.textDocument.uri, range = params.range }, given or {})
  local function answered(error)
    if error then vim.notify('dg: ' .. error.message, vim.log.levels.ERROR) end
  end
  local request = { command = command, arguments = { arguments } }
  local buffer = vim.api.nvim_get_current_buf() -- not 0: only then has dg heard what was typed before
  if vim.fn.has('nvim-0.11') == 1 then
    dg:request('workspace/executeCommand', request, answered, buffer)
  else
    dg.request('workspace/executeCommand', request, answered, buffer)
  end
end

local function define(name, nargs, act)
  vim.api.nvim_create_user_command(name, act, { nargs = nargs, range = true })
end

define('DgFill', '*', function(options) ask('dg.fill', options, true, { hint = options.args }) end)
define('DgFillAll', 0, function(options) ask('dg.fillAll', options, true) end)
define('DgOthers', 0, function(options) ask('dg.otherFills', options, false) end)
define('DgRewrite', '*', function(options) ask('dg.rewrite', options, true, { hint = options.args }) end)
define('DgAs', '+', function(options) ask('dg.restyle', options, false, { register = options.args }) end)

vim.api.nvim_create_autocmd('FileType', { pattern = types, callback = start })

" :Dg fills the marks of the buffer or of the lines before it, :DgRestyle REGISTER rewrites them. u undoes it.
if exists('g:loaded_dg') | finish | endif
let g:loaded_dg = 1
if !exists('g:dg_command') | let g:dg_command = 'dg' | endif

function! s:filter(first, last, arguments) abort
  let l:text = join(getline(a:first, a:last), "\n") . "\n"
  let l:errors = tempname()
  let l:result = system(g:dg_command . ' ' . a:arguments . ' -q 2>' . shellescape(l:errors), l:text)
  let l:code = v:shell_error
  let l:said = filereadable(l:errors) ? join(readfile(l:errors), ' ') : ''
  call delete(l:errors)
  if l:code != 0 && l:code != 5
    echohl ErrorMsg | echomsg l:said | echohl None
    return
  endif
  let l:lines = split(l:result, "\n", 1)
  if l:lines[-1] ==# '' | call remove(l:lines, -1) | endif
  call append(a:last, l:lines)
  call deletebufline('%', a:first, a:last)
endfunction

command! -range=% Dg call s:filter(<line1>, <line2>, 'infill -')
command! -range=% -nargs=1 DgRestyle call s:filter(<line1>, <line2>, 'restyle - --register ' . shellescape(<q-args>))

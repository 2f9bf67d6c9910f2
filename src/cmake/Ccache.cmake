# ccache where it is installed, unless another launcher was chosen. What precompiled headers need of it
# is in its manual, under "Precompiled headers".
find_program(MONGOTAIL_CCACHE ccache)
mark_as_advanced(MONGOTAIL_CCACHE)
if(MONGOTAIL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${MONGOTAIL_CCACHE})
endif()

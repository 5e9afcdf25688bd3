"""The annual report of a year, its appendix of figures, and the sheets on which units confirm theirs."""
